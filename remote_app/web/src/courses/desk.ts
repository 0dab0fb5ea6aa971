import { computed, signal } from "@preact/signals";
import type { StaffInfo } from "../generated/wire";
import {
  type Course,
  type EvaluationForm,
  type Invitation,
  type Meeting,
  type Person,
  Refusal,
  type Robot,
  type Seat,
  type Site,
  type Theme,
  ask,
  list,
} from "./api";
import { editsOf, showEdits } from "./edits";
import { faultWords } from "./faults";

/** Everything of one course that the page shows. */
export interface Plan {
  readonly course: Course;
  readonly meetings: readonly Meeting[];
  readonly seats: readonly Seat[];
  readonly people: readonly Person[];
  readonly invitations: readonly Invitation[];
  /** Those that the course asks. */
  readonly forms: readonly EvaluationForm[];
}

/** Who is logged in. */
export const me = signal<StaffInfo | null>(null);
/** Whether they plan; a leader looks at what is at their own sites. */
export const plans = computed(() => me.value !== null && me.value.role !== "leader");
export const courses = signal<readonly Course[] | null>(null);
export const sites = signal<readonly Site[]>([]);
export const robots = signal<readonly Robot[]>([]);
export const themes = signal<readonly Theme[]>([]);
export const allForms = signal<readonly EvaluationForm[]>([]);
export const plan = signal<Plan | null>(null);
/** What did not work, in words. */
export const said = signal("");
/** The courses that can be brought back. */
export const thrownAway = signal<readonly Course[]>([]);
/** The course that was deleted last, until something else is done. */
export const deleted = signal<Course | null>(null);

async function planOf(id: string): Promise<Plan> {
  const at = `/courses/${id}`;
  const [course, meetings, seats, people, invitations, forms] = await Promise.all([
    ask<Course>("GET", at),
    list<Meeting>(`${at}/meetings`),
    list<Seat>(`${at}/seats`),
    plans.value ? list<Person>(`${at}/people`) : [],
    plans.value ? list<Invitation>(`${at}/invitations`) : [],
    list<EvaluationForm>(`${at}/forms`),
  ]);
  return { course, meetings, seats, people, invitations, forms };
}

const openCourse = (): string | null => plan.value?.course.id ?? null;

/** Everything as it is now. */
async function loadAll(): Promise<void> {
  const open = openCourse();
  me.value ??= await ask<StaffInfo>("GET", "/api/staff/me");
  const [all, away, places, standing, subjects, forms, shown, changes] = await Promise.all([
    list<Course>("/courses"),
    plans.value ? list<Course>("/courses?deleted=true") : [],
    list<Site>("/sites"),
    list<Robot>("/robots"),
    list<Theme>("/themes"),
    list<EvaluationForm>("/forms"),
    open ? planOf(open) : null,
    plans.value ? editsOf(open) : [],
  ]);
  courses.value = all;
  thrownAway.value = away;
  sites.value = places;
  robots.value = standing;
  themes.value = subjects;
  allForms.value = forms;
  if (openCourse() !== open) return; // somebody went on meanwhile, and what is there is loaded by itself
  plan.value = shown;
  showEdits(open, changes);
}

/** Does something, and loads what is there then. What was refused is for the caller to say. */
export async function attempt(deed: () => Promise<unknown>): Promise<Refusal | null> {
  let refused: Refusal | null = null;
  for (const one of [deed, loadAll]) {
    try {
      await one();
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      refused ??= fault;
    }
  }
  said.value = "";
  return refused;
}

/** As `attempt`, and a refusal is said in words. Whether it was done. */
export async function act(deed: () => Promise<unknown>): Promise<boolean> {
  const refused = await attempt(deed);
  if (refused) said.value = faultWords(refused);
  return refused === null;
}

const LOOK_EVERY_MS = 3000; // a robot that was just switched on is seen while somebody still looks for it

/** Which robots are on, as long as somebody looks at the page. What does not answer is said at the next press. */
async function lookAtRobots(): Promise<void> {
  if (document.visibilityState !== "visible") return;
  const standing = await list<Robot>("/robots").catch(() => null);
  if (standing) robots.value = standing;
}

/** Everything for the first time; from then on the robots are looked at again and again. */
export function begin(): Promise<boolean> {
  window.setInterval(() => void lookAtRobots(), LOOK_EVERY_MS);
  return act(async () => undefined);
}

export function open(id: string): Promise<boolean> {
  deleted.value = null;
  return act(async () => (plan.value = await planOf(id)));
}

export function close(): void {
  plan.value = null;
  void act(async () => undefined);
}

/** Deletes a course; it can be brought back. */
export async function remove(course: Course): Promise<void> {
  const gone = await act(async () => {
    await ask("DELETE", `/courses/${course.id}`);
    plan.value = null;
  });
  if (gone) deleted.value = course;
}

export async function bringBack(course: Course): Promise<void> {
  if (await act(() => ask("POST", `/courses/${course.id}/restore`))) deleted.value = null;
}
