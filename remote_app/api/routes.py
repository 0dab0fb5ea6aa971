"""The one table of routes of the REST API; the service and its OpenAPI document are both made from it."""

from __future__ import annotations

from typing import Final

from protocol.base import ID_PATTERN
from remote_app.api import courses, edits, evaluation, log, people, places, quality, sheets, staff, use
from remote_app.api.bodies import (
    KEY_PATTERN,
    CourseIn,
    CourseNew,
    CourseOut,
    CourseQuery,
    InvitationNew,
    InvitationOut,
    ListQuery,
    MeetingIn,
    MeetingOut,
    Page,
    PersonIn,
    PersonOut,
    RobotIn,
    RobotOut,
    SeatIn,
    SeatOut,
    SiteIn,
    SiteOut,
    Template,
    ThemeIn,
    ThemeOut,
)
from remote_app.api.calls import Route

BASE: Final = "/api/v1"
PLAN: Final = "edit_courses"
INVITE: Final = "invite"
PLAN_LOOK: Final = "see_courses"
COURSE: Final = "/courses/{course}"

PATH_PARTS: Final[dict[str, str]] = {
    "course": KEY_PATTERN,
    "meeting": KEY_PATTERN,
    "seat": KEY_PATTERN,
    "person": KEY_PATTERN,
    "invitation": KEY_PATTERN,
    "form": KEY_PATTERN,
    "edit": KEY_PATTERN,
    "site": ID_PATTERN,
    "robot": ID_PATTERN,
    "theme": ID_PATTERN,
    "name": r"^[^/\x00-\x1f\x7f]{1,40}$",
}


def _site_routes() -> tuple[Route, ...]:
    tag = "sites"
    return (
        Route("GET", "/sites", PLAN_LOOK, places.sites, "Sites", Page[SiteOut], query=ListQuery, tag=tag),
        Route(
            "PUT", "/sites/{site}", PLAN, places.put_site, "Make or change a site",
            SiteOut, SiteIn, tag=tag, writes=True, versioned=True,
        ),
        Route("DELETE", "/sites/{site}", PLAN, places.delete_site, "Delete a site", status=204, tag=tag, writes=True),
    )  # fmt: skip


def _robot_routes() -> tuple[Route, ...]:
    tag = "robots"
    one = "/robots/{robot}"
    return (
        Route("GET", "/robots", PLAN_LOOK, places.robots, "Robots", Page[RobotOut], tag=tag),
        Route(
            "PUT", one, PLAN, places.put_robot, "Put a robot at a site",
            RobotOut, RobotIn, tag=tag, writes=True, versioned=True,
        ),
        Route("DELETE", one, PLAN, places.delete_robot, "Delete a robot", status=204, tag=tag, writes=True),
    )  # fmt: skip


def _course_routes() -> tuple[Route, ...]:
    meetings = f"{COURSE}/meetings"
    return (
        Route("GET", "/template", PLAN_LOOK, courses.template, "The course to begin with", Template),
        Route("GET", "/courses", PLAN_LOOK, courses.list_courses, "Courses", Page[CourseOut], query=CourseQuery),
        Route(
            "POST", "/courses", PLAN, courses.add_course, "Make a course, from the template or empty",
            CourseOut, CourseNew, status=201, writes=True,
        ),
        Route("GET", COURSE, PLAN_LOOK, courses.get_course, "One course", CourseOut),
        Route(
            "PUT", COURSE, PLAN, courses.put_course, "Change a course",
            CourseOut, CourseIn, writes=True, versioned=True,
        ),
        Route("DELETE", COURSE, PLAN, courses.delete_course, "Throw a course away", CourseOut, writes=True),
        Route(
            "POST", f"{COURSE}/restore", PLAN, courses.restore_course, "Bring a course back", CourseOut, writes=True
        ),
        Route("GET", meetings, PLAN_LOOK, courses.list_meetings, "Meetings", Page[MeetingOut], tag="meetings"),
        Route(
            "POST", meetings, PLAN, courses.add_meeting, "Add a meeting",
            MeetingOut, MeetingIn, status=201, tag="meetings", writes=True,
        ),
        Route(
            "PUT", f"{meetings}/{{meeting}}", PLAN, courses.put_meeting, "Move a meeting, change its themes",
            MeetingOut, MeetingIn, tag="meetings", writes=True, versioned=True,
        ),
        Route(
            "DELETE", f"{meetings}/{{meeting}}", PLAN, courses.delete_meeting, "Delete a meeting",
            status=204, tag="meetings", writes=True,
        ),
        Route("GET", "/themes", PLAN_LOOK, places.themes, "Themes", Page[ThemeOut], tag="themes"),
        Route(
            "PUT", "/themes/{theme}", PLAN, places.put_theme, "Make or change a theme",
            ThemeOut, ThemeIn, tag="themes", writes=True, versioned=True,
        ),
        Route(
            "DELETE", "/themes/{theme}", PLAN, places.delete_theme, "Delete a theme",
            status=204, tag="themes", writes=True,
        ),
    )  # fmt: skip


def _people_routes() -> tuple[Route, ...]:
    seats, everyone = f"{COURSE}/seats", f"{COURSE}/people"
    return (
        Route("GET", seats, PLAN_LOOK, people.list_seats, "Seats", Page[SeatOut], tag="seats"),
        Route(
            "POST", seats, PLAN, people.add_seat, "Add a seat",
            SeatOut, SeatIn, status=201, tag="seats", writes=True,
        ),
        Route(
            "PUT", f"{seats}/{{seat}}", PLAN, people.put_seat, "Change a seat",
            SeatOut, SeatIn, tag="seats", writes=True, versioned=True,
        ),
        Route(
            "DELETE", f"{seats}/{{seat}}", PLAN, people.delete_seat, "Delete a seat",
            status=204, tag="seats", writes=True,
        ),
        Route("GET", everyone, PLAN, people.list_people, "People", Page[PersonOut], query=ListQuery, tag="people"),
        Route(
            "POST", everyone, PLAN, people.add_person, "Add a person",
            PersonOut, PersonIn, status=201, tag="people", writes=True,
        ),
        Route(
            "PUT", f"{everyone}/{{person}}", PLAN, people.put_person, "Change a person",
            PersonOut, PersonIn, tag="people", writes=True, versioned=True,
        ),
        Route(
            "DELETE", f"{everyone}/{{person}}", PLAN, people.delete_person, "Remove a person",
            status=204, tag="people", writes=True,
        ),
    )  # fmt: skip


def _invitation_routes() -> tuple[Route, ...]:
    tag, all_of = "invitations", f"{COURSE}/invitations"
    one = f"{all_of}/{{invitation}}"
    return (
        Route(
            "GET", all_of, INVITE, people.list_invitations, "Invitations", Page[InvitationOut], query=ListQuery, tag=tag
        ),
        Route(
            "POST", all_of, INVITE, people.add_invitation, "Invite a person",
            InvitationOut, InvitationNew, status=201, tag=tag, writes=True,
        ),
        Route(
            "GET", f"{one}/sheet", INVITE, sheets.sheet, "The invitation to print", tag=tag, kind="application/pdf"
        ),
        Route(
            "GET", f"{one}/calendar", INVITE, sheets.own_calendar, "The meetings with the person's link",
            tag=tag, kind="text/calendar",
        ),
        Route(
            "GET", f"{COURSE}/calendar", PLAN_LOOK, sheets.calendar, "The meetings as a calendar file",
            tag="meetings", kind="text/calendar",
        ),
        Route(
            "POST", f"{one}/withdraw", "withdraw_link", people.withdraw_invitation, "Withdraw an invitation",
            InvitationOut, tag=tag, writes=True,
        ),
        Route(
            "POST", f"{one}/digits", INVITE, people.new_digits, "Other six digits", InvitationOut, tag=tag, writes=True
        ),
    )  # fmt: skip


def _evaluation_routes() -> tuple[Route, ...]:
    tag, answers, chosen = "evaluation", f"{COURSE}/results", f"{COURSE}/forms"
    query = evaluation.ResultsQuery
    return (
        Route(
            "GET", "/forms", "see_answers", evaluation.list_forms, "Evaluation forms",
            Page[evaluation.FormOut], query=ListQuery, tag=tag,
        ),
        Route(
            "POST", "/forms", "edit_forms", evaluation.add_form, "Make or import a form",
            evaluation.FormOut, evaluation.FormIn, status=201, tag=tag, writes=True,
        ),
        Route(
            "GET", chosen, "see_answers", evaluation.course_forms, "Forms that a course asks",
            Page[evaluation.FormOut], tag=tag,
        ),
        Route(
            "PUT", f"{chosen}/{{form}}", "edit_forms", evaluation.choose_form, "Ask a form in a course",
            evaluation.FormOut, tag=tag, writes=True,
        ),
        Route(
            "DELETE", f"{chosen}/{{form}}", "edit_forms", evaluation.drop_form, "Ask a form no longer in a course",
            status=204, tag=tag, writes=True,
        ),
        Route(
            "GET", answers, "see_answers", evaluation.results, "Answers, from five on",
            Page[evaluation.Result], query=query, tag=tag,
        ),
        Route(
            "GET", f"{answers}/csv", "export", evaluation.results_csv, "Answers as CSV",
            query=query, kind="text/csv", tag=tag,
        ),
    )  # fmt: skip


def _staff_routes() -> tuple[Route, ...]:
    tag, deed, one = "staff", "manage_staff", "/staff/{person}"
    return (
        Route("GET", "/staff", "see_staff", staff.list_staff, "Who may log in", Page[staff.StaffOut], tag=tag),
        Route(
            "POST", "/staff", deed, staff.add_staff, "Let somebody log in",
            staff.StaffLinkOut, staff.StaffIn, status=201, tag=tag, writes=True,
        ),
        Route(
            "PUT", one, deed, staff.put_staff, "Change role, sites or name",
            staff.StaffOut, staff.StaffIn, tag=tag, writes=True, versioned=True,
        ),
        Route("DELETE", one, deed, staff.deactivate_staff, "Keep somebody out", staff.StaffOut, tag=tag, writes=True),
        Route(
            "POST", f"{one}/restore", deed, staff.restore_staff, "Let somebody in again",
            staff.StaffOut, tag=tag, writes=True,
        ),
        Route(
            "POST", f"{one}/link", deed, staff.link_staff, "A new one-time link",
            staff.StaffLinkOut, status=201, tag=tag, writes=True,
        ),
    )  # fmt: skip


def _use_routes() -> tuple[Route, ...]:
    at, lines, tag = f"{COURSE}/use", f"{COURSE}/quality", "use"
    return (
        Route("GET", at, "see_use", use.use, "Who was there: by meeting and seat", Page[use.UseOut], tag=tag),
        Route("GET", f"{at}/csv", "see_use", use.use_csv, "The same as CSV", kind="text/csv", tag=tag),
        Route(
            "GET", lines, "see_use", quality.quality, "How the lines were: by meeting and site",
            Page[quality.QualityOut], tag=tag,
        ),
        Route("GET", f"{lines}/csv", "see_use", quality.quality_csv, "The same as CSV", kind="text/csv", tag=tag),
    )  # fmt: skip


def _log_routes() -> tuple[Route, ...]:
    deed, tag, query = "see_log", "log", log.LogQuery
    return (
        Route(
            "GET", "/log", deed, log.entries, "The access log, the newest first", Page[log.LogLine],
            query=query, tag=tag,
        ),
        Route(
            "GET", "/log/csv", deed, log.entries_csv, "The same as CSV", query=log.LogFilter, kind="text/csv", tag=tag
        ),
        Route("GET", "/log/check", deed, log.check, "Whether anybody has changed the log", log.LogChecked, tag=tag),
    )  # fmt: skip


def _edit_routes() -> tuple[Route, ...]:
    tag = "edits"
    return (
        Route(
            "GET", "/edits", PLAN, edits.list_edits, "What was changed in the last days",
            Page[edits.EditOut], query=edits.EditsQuery, tag=tag,
        ),
        Route(
            "POST", "/edits/{edit}/undo", PLAN, edits.undo_edit, "Undo a change", edits.EditOut, tag=tag, writes=True
        ),
        Route("GET", f"{COURSE}/inside", PLAN, edits.inside, "Who is in now", Page[edits.InsideOut], tag=tag),
    )  # fmt: skip


ROUTES: Final[tuple[Route, ...]] = (
    *_course_routes(),
    *_site_routes(),
    *_robot_routes(),
    *_people_routes(),
    *_invitation_routes(),
    *_evaluation_routes(),
    *_staff_routes(),
    *_use_routes(),
    *_edit_routes(),
    *_log_routes(),
)
