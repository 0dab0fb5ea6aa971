import { clockTime } from "../words/clock";
import { type Meeting, list } from "./api";
import { t } from "./words";

/** Who is in a course's rooms now, as this node hears it. */
interface Inside {
  readonly seat: string;
  readonly name: string;
}

const MINUTE_MS = 60_000;
const OPENS_MS = 30 * MINUTE_MS; // before the start the room is open, and after the end, as the service has it
const STAYS_MS = 60 * MINUTE_MS;

const begun = ({ starts_at }: Meeting, now: number): boolean => Date.parse(starts_at) <= now;

/** Whether people may be in because of this meeting. Pure. */
export function goesOn(meeting: Meeting, now: number): boolean {
  return Date.parse(meeting.starts_at) - OPENS_MS <= now && now < Date.parse(meeting.ends_at) + STAYS_MS;
}

/** What to know before this meeting is changed: that it has begun, and who is in. Throws Refusal. */
export async function warnOf(course: string, meeting: Meeting): Promise<string> {
  const now = Date.now();
  if (!goesOn(meeting, now)) return "";
  const here = await list<Inside>(`/courses/${course}/inside`);
  const names = here.map(({ name }) => name).join(", ");
  const time = clockTime(new Date(meeting.starts_at));
  const when = t(begun(meeting, now) ? "inside.begun" : "inside.soon", { time });
  return `${when} ${names ? t("inside.who", { names }) : t("inside.nobody")}`;
}
