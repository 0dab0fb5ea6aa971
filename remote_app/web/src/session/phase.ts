/** What the person is told. `blocked` is: everything but picture and sound gets through. */
export type Phase =
  | "idle"
  | "joining"
  | "waiting"
  | "room"
  | "reconnecting"
  | "blocked"
  | "robot_off"
  | "private"
  | "no_network"
  | Halt
  | "left";

/** Where a link that is refused ends nothing: who is in the room stays there. */
export const UNTOUCHED_BY_LINK: ReadonlySet<Phase> = new Set(["idle", "room", "left", "over"] as const);
export const WITH_PICTURE: ReadonlySet<Phase> = new Set(["joining", "room", "reconnecting", "blocked"] as const);
/** The seat is ours, or has just been; what is written there comes again when it is. */
export const IN_THE_SEAT: ReadonlySet<Phase> = new Set(["room", "reconnecting", "blocked"] as const);

/** What only the person can lift. */
export type Halt = "busy" | "replaced" | "elsewhere" | "failed" | "turned_down" | "ended" | "over";

/** `open_media` makes a new media session beside the one that is shown; `drop_media` gives that new one up. */
export type Step =
  | { readonly do: "open_socket" }
  | { readonly do: "close_socket" }
  | { readonly do: "open_media"; readonly replace: boolean }
  | { readonly do: "drop_media" }
  | { readonly do: "close_media" };
