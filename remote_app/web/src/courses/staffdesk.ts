import { signal } from "@preact/signals";
import type { StaffInfo } from "../generated/wire";
import { ask, list } from "./api";
import { act, me } from "./desk";

/** Who may log in (`/api/v1/staff`), for an administrator to change and a coordinator to see. */
export interface Staff {
  readonly id: string;
  readonly display_name: string;
  readonly role: "leader" | "coordinator" | "administrator";
  readonly sites: readonly string[];
  readonly waiting: boolean;
  readonly seen_at: string | null;
  readonly left_at: string | null;
  readonly you: boolean;
  readonly version: string;
}

export interface NewLink {
  readonly person: Staff;
  readonly link: string;
}

export const everybody = signal<readonly Staff[]>([]);

const load = async (): Promise<void> => {
  const [all, who] = await Promise.all([
    list<Staff>("/staff"),
    ask<StaffInfo>("GET", "/api/staff/me"),
  ]);
  everybody.value = all;
  me.value = who;
};

/** Does something and shows what holds then. Whether it was done. */
export const doIt = (deed: () => Promise<unknown>): Promise<boolean> =>
  act(async () => {
    await deed();
    await load();
  });

/** Everything for the first time. */
export const begin = (): Promise<boolean> => act(load);
