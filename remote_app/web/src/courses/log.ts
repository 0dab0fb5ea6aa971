import { type Key, t } from "./words";

/** The access log (`/api/v1/log`), told in words. */

/** `name` and `by` are empty for whoever the store does not know any longer. */
export interface LogLine {
  readonly number: number;
  readonly at: string;
  readonly deed: string;
  readonly municipality: string;
  readonly site: string;
  readonly robot: string;
  readonly role: string;
  readonly name: string;
  readonly by: string;
  readonly detail: string;
  readonly link: string;
  readonly done_by: string;
}

export interface LogChecked {
  readonly whole: boolean;
  readonly entries: number;
  readonly fault: string;
}

/** Where the role is that of whom it is about; elsewhere it is the leader's. */
const COMES_AND_GOES = ["entered", "refused", "handed_over", "left"];
const WATCHING = /^watching-?/;

/** A text that may be missing: then the log's own word. */
function known(key: string, word: string): string {
  const said = t(key as Key);
  return said === key ? word : said;
}

function person(name: string, id: string): string {
  return name || t(id ? "log.gone" : "log.somebody");
}

function who({ deed, name, link, role }: LogLine): string {
  const told = person(name, link);
  return role && COMES_AND_GOES.includes(deed) ? t("log.who", { who: told, role: known(`log.role.${role}`, role) }) : told;
}

/** Why, or how, in words; empty where nothing stands. */
function how({ deed, detail }: LogLine): string {
  if (!detail) return "";
  if (deed === "admitted") return known(`log.sure.${detail}`, detail);
  if (deed === "role_changed") return known(`log.change.${detail}`, detail);
  if (deed === "logged_in") return known(`log.how.${detail}`, detail);
  if (deed === "login_refused") return known(`log.login.${detail}`, detail);
  const code = detail.replace(WATCHING, "").replace("-", "_");
  return code ? known(`log.why.${code}`, detail) : "";
}

/** One entry as one sentence. */
export function lineWords(line: LogLine): string {
  const watched = COMES_AND_GOES.includes(line.deed) && WATCHING.test(line.detail);
  const key = `log.deed.${line.deed}${watched ? "_watching" : ""}`;
  const values = { who: who(line), by: person(line.by, line.done_by), what: line.detail };
  const said = t(key as Key, values);
  const sentence = said === key ? t("log.deed.other", { what: line.deed }) : said;
  const more = how(line);
  const whole = more ? t("log.sentence", { sentence, more }) : sentence;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}
