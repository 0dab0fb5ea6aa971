/** The pages before the room that most people never see. What they import: see `late.ts`. */
export { CodePage } from "./ui/codepage";
export { EarlyPage } from "./ui/earlypage";
export { Tryout } from "./ui/tryout";
