const pad = (value: number): string => String(value).padStart(2, "0");

/** A moment as the fields of a form have it: day and time of day here. Pure but for the zone of this machine. */
export function asFields(moment: string): { readonly day: string; readonly time: string } {
  const at = new Date(moment);
  return {
    day: `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
    time: `${pad(at.getHours())}:${pad(at.getMinutes())}`,
  };
}

/** What the fields of a form say, as a moment. */
export function asMoment(day: string, time: string): string {
  return new Date(`${day}T${time}`).toISOString();
}

/** A moment so much later, or earlier, by the clock on the wall: at ten stays at ten when summer time begins between. */
export function shifted(moment: string, by: { readonly days?: number; readonly minutes?: number }): string {
  const at = new Date(moment);
  at.setDate(at.getDate() + (by.days ?? 0));
  at.setMinutes(at.getMinutes() + (by.minutes ?? 0));
  return at.toISOString();
}
