import check from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import list from "@navikt/aksel-icons/svg/ClipboardCheckmark.svg?raw";
import clock from "@navikt/aksel-icons/svg/Clock.svg?raw";
import plenary from "@navikt/aksel-icons/svg/Buildings3.svg?raw";
import offline from "@navikt/aksel-icons/svg/CloudSlash.svg?raw";
import door from "@navikt/aksel-icons/svg/DoorOpen.svg?raw";
import warning from "@navikt/aksel-icons/svg/ExclamationmarkTriangle.svg?raw";
import eye from "@navikt/aksel-icons/svg/Eye.svg?raw";
import leave from "@navikt/aksel-icons/svg/Leave.svg?raw";
import lock from "@navikt/aksel-icons/svg/PadlockLocked.svg?raw";
import write from "@navikt/aksel-icons/svg/PencilWriting.svg?raw";
import pause from "@navikt/aksel-icons/svg/Pause.svg?raw";
import group from "@navikt/aksel-icons/svg/PersonGroup.svg?raw";
import pair from "@navikt/aksel-icons/svg/PersonChat.svg?raw";
import note from "@navikt/aksel-icons/svg/InformationSquare.svg?raw";
import phone from "@navikt/aksel-icons/svg/Phone.svg?raw";
import robot from "@navikt/aksel-icons/svg/RobotSmile.svg?raw";
import sound from "@navikt/aksel-icons/svg/SpeakerSoundWave2.svg?raw";
import hand from "../../ui/hand.svg?raw";

const drawings = {
  check, clock, door, eye, group, hand, leave, list, lock, note, offline, pair, pause, phone, plenary, robot, sound, warning, write,
};

export type IconName = keyof typeof drawings;

/** A picture beside words; never alone, so it has no name of its own. */
export function Icon({ name }: { readonly name: IconName }) {
  return <span class="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: drawings[name] }} />;
}
