// Aksel's icons (MIT, Nav) as they are. Ours, in the same stroke: the raised hand, which that set lacks, and the eye, whose
// drawing there is ten times as long.
import again from "@navikt/aksel-icons/svg/ArrowsCirclepath.svg?raw";
import left from "@navikt/aksel-icons/svg/ChevronLeft.svg?raw";
import right from "@navikt/aksel-icons/svg/ChevronRight.svg?raw";
import up from "@navikt/aksel-icons/svg/ChevronUp.svg?raw";
import down from "@navikt/aksel-icons/svg/ChevronDown.svg?raw";
import offline from "@navikt/aksel-icons/svg/CloudSlash.svg?raw";
import door from "@navikt/aksel-icons/svg/DoorOpen.svg?raw";
import ear from "@navikt/aksel-icons/svg/EarSoundwaves.svg?raw";
import warning from "@navikt/aksel-icons/svg/ExclamationmarkTriangle.svg?raw";
import clock from "@navikt/aksel-icons/svg/Clock.svg?raw";
import leave from "@navikt/aksel-icons/svg/Leave.svg?raw";
import broken from "@navikt/aksel-icons/svg/LinkBroken.svg?raw";
import microphone from "@navikt/aksel-icons/svg/MicrophoneFill.svg?raw";
import muted from "@navikt/aksel-icons/svg/MicrophoneSlash.svg?raw";
import lock from "@navikt/aksel-icons/svg/PadlockLocked.svg?raw";
import write from "@navikt/aksel-icons/svg/PencilWriting.svg?raw";
import people from "@navikt/aksel-icons/svg/PersonGroup.svg?raw";
import phone from "@navikt/aksel-icons/svg/Phone.svg?raw";
import robot from "@navikt/aksel-icons/svg/RobotSmile.svg?raw";
import asleep from "@navikt/aksel-icons/svg/RobotFrown.svg?raw";
import sound from "@navikt/aksel-icons/svg/SpeakerSoundWave2.svg?raw";
import tablet from "@navikt/aksel-icons/svg/Tablet.svg?raw";
import say from "@navikt/aksel-icons/svg/MegaphoneSpeaking.svg?raw";
import camera from "@navikt/aksel-icons/svg/Camera.svg?raw";
import close from "@navikt/aksel-icons/svg/XMark.svg?raw";
import yes from "@navikt/aksel-icons/svg/Checkmark.svg?raw";
import more from "@navikt/aksel-icons/svg/MenuHamburger.svg?raw";
import eye from "./eye.svg?raw";
import hand from "./hand.svg?raw";
import unseen from "./unseen.svg?raw";

const drawings = {
  again, asleep, broken, camera, clock, close, door, down, ear, eye, hand, leave, left, lock, microphone,
  more, muted, offline, people, phone, right, robot, say, sound, tablet, unseen, up, warning, write, yes,
};

export type IconName = keyof typeof drawings;

/** A picture beside words; never alone, so it has no name of its own. */
export function Icon({ name }: { readonly name: IconName }) {
  return <span class="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: drawings[name] }} />;
}
