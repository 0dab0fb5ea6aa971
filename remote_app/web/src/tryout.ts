/** What is fetched when somebody tries sound, microphone and line. What it imports: see `late.ts`. */
export { Tryout } from "./ui/tryout";
