/** What is fetched when the room has opened. It may import what the page has from the start, and nothing that another
 *  part fetched later shares with it: then a try that fails can be made again by its own address. */
export { PageReport } from "./session/report";
export { Rescue } from "./session/rescue";
export { MoreList } from "./ui/morelist";
export { NumbersList } from "./ui/numberslist";
export { PlaceList } from "./ui/placelist";
export { Phrases } from "./ui/phrases";
export { SharpView } from "./ui/sharpview";
export { BreakPage, OutPage, OverPage } from "./ui/meetingpages";
export { Others } from "./ui/over";
export { Announcer, TextOver } from "./ui/textover";
