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

/** What only the person can lift. */
export type Halt = "busy" | "replaced" | "elsewhere" | "failed" | "turned_down" | "ended";

/** `open_media` makes a new media session beside the one that is shown; `drop_media` gives that new one up. */
export type Step =
  | { readonly do: "open_socket" }
  | { readonly do: "close_socket" }
  | { readonly do: "open_media"; readonly replace: boolean }
  | { readonly do: "drop_media" }
  | { readonly do: "close_media" };
