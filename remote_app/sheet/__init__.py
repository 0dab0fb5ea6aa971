"""What is printed or put into a calendar: the invitation sheet as PDF, the meetings as a calendar file. Pure."""
