"""Staff: who is logged in, and what a request may do.

from remote_app.staff import Staff, needs, staff_of

@needs("edit_courses")
async def post_course(request: web.Request, staff: Staff) -> web.StreamResponse: ...
"""

from __future__ import annotations

from remote_app.staff.guard import needs, problem, staff_of
from remote_app.staff.who import Staff

__all__ = ["Staff", "needs", "problem", "staff_of"]
