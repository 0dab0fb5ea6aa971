/** The pages before the room that not everybody sees. What they import: see `late.ts`. */
export { BesidePage } from "./ui/besidepage";
export { CodePage } from "./ui/codepage";
export { EarlyPage } from "./ui/earlypage";
export { Tryout } from "./ui/tryout";
export { WaitingPage } from "./ui/waitingpage";
export { WatchPage } from "./ui/watchpage";
