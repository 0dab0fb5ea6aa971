/** Every timing of the leader's page, in milliseconds, with its reason. */

export const TICK_MS = 500; // nothing here is quicker than a person
export const PING_EVERY_MS = 2000;
export const SILENT_MS = 6500; // three pings unanswered, and some jitter
export const OPEN_TIMEOUT_MS = 5000; // TCP, TLS and a welcome over a slow line
export const RETRY_AFTER_MS = [0, 500, 1000, 2000, 3000] as const; // then every 3 s: a meeting is going on
export const LINK_TIMEOUT_MS = 8000; // a person waits no longer without a word
export const REPLY_TIMEOUT_MS = 5000; // a command takes 0.3 s; what ends a session closes a camera first
export const ROOM_TIMEOUT_MS = 12_000; // the robot plays a tone and listens for two seconds, on a starved machine for ten
export const LOOK_OVER_MS = 60_000; // the robot gives itself 40 s, and TURN through a bad line some more
export const NOTICE_SHOWN_MS = 10_000; // time to notice a sentence, and to read it
export const UNDO_MS = 5000; // as long as one needs to see that it was the wrong name
export const NEWS_GONE_MS = 10_000; // a hand that comes back sooner is the same one: its robot lost the line
export const ANNOUNCED_KEPT = 3; // sentences; a screen reader has read the others by then
