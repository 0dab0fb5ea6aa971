"""A bad line on one machine: two network namespaces joined through a link in user space (`av1-sim line`)."""
