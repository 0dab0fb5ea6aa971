"""What the robot says aloud, in bokmål, nynorsk and English. A test holds them to the same keys and the same blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from protocol.state import Fault
from robot_agent.pairing.reader import Told

Language = Literal["nb", "nn", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Text in braces is filled in."""

    ready: str
    nobody: str
    somebody: str
    on_the_way: str
    no_service: str
    private_on: str
    private_off: str
    private_in_break: str
    battery: str
    battery_charging: str
    lasts: str
    full_in: str
    hour: str
    hours: str
    minutes: str
    going_off: str
    looking_over: str
    faults: Mapping[Fault, str]
    pairing: Mapping[Told, str]


NB: Final = Words(
    ready="Jeg er klar.",
    nobody="Ingen er med.",
    somebody="{name} er med.",
    on_the_way="{name} kobler til. Vent litt.",
    no_service="Jeg når ikke kurstjenesten. Sjekk nettet.",
    private_on="Privat er på. Kamera og mikrofon er av.",
    private_off="Privat er av.",
    private_in_break="Det er pause. Kamera og mikrofon er av til pausen er over.",
    battery="Batteriet har {percent} prosent.",
    battery_charging="Batteriet har {percent} prosent og lader.",
    lasts="Det holder i omtrent {time}.",
    full_in="Det er fullt om omtrent {time}.",
    hour="én time",
    hours="{number} timer",
    minutes="{number} minutter",
    going_off="Jeg slår meg av. Ha det bra.",
    looking_over="Jeg prøver kamera, lyd og hode før møtet. Ingen ser eller hører dere nå.",
    faults={
        Fault.CAMERA: "Kameraet virker ikke.",
        Fault.MICROPHONE: "Mikrofon og høyttaler virker ikke.",
        Fault.HEAD: "Hodet kan ikke snu seg.",
        Fault.HEAD_BLOCKED: "Noe holder hodet fast.",
        Fault.HEAD_HOT: "Hodet er for varmt. La det hvile.",
        Fault.HEAD_POWER: "Hodet får ikke riktig strøm. Sjekk lader og kabel.",
        Fault.HEAD_BOARD: "Lysene og knappen virker ikke.",
        Fault.SPEECH: "Stemmen min virker ikke.",
        Fault.RELAY: "Nettet her slipper kanskje ikke bilde og lyd gjennom.",
        Fault.BATTERY_LOW: "Batteriet er snart tomt. Sett i laderen.",
    },
    pairing={
        Told.SHOW_CODE: "Jeg er ikke koblet til noe kurs ennå. Hold QR-koden foran kameraet mitt.",
        Told.OTHER_CODE: "Denne QR-koden er ikke til meg. Hold opp koden fra kurstjenesten.",
        Told.OTHER_ROBOT: "Denne QR-koden er til en annen robot.",
        Told.TRYING: "Jeg ser koden. Vent litt.",
        Told.NO_WIFI_HERE: "Jeg kan ikke bytte trådløst nett selv. Koble meg til nettet, og hold opp koden på nytt.",
        Told.WIFI_FAILED: "Jeg kom ikke inn på det trådløse nettet. Sjekk navn og passord.",
        Told.NO_SERVICE: "Jeg når ikke kurstjenesten. Sjekk nettet. Jeg prøver igjen om litt.",
        Told.WRONG: "Koden gjelder ikke. Lag en ny kode.",
        Told.USED: "Noen har allerede brukt denne koden. Lag en ny kode.",
        Told.EXPIRED: "Koden er for gammel. Lag en ny kode.",
        Told.NOT_KEPT: "Jeg fikk ikke lagret koblingen. Si fra til den som drifter meg.",
        Told.PAIRED: "Jeg er koblet til kurset.",
        Told.NO_BROKER: "Koblingen er lagret, men jeg når ikke kurstjenesten. Sjekk nettet.",
    },
)
EN: Final = Words(
    ready="I am ready.",
    nobody="Nobody is here with me.",
    somebody="{name} is here.",
    on_the_way="{name} is connecting. Please wait.",
    no_service="I cannot reach the course service. Check the network.",
    private_on="Private is on. Camera and microphone are off.",
    private_off="Private is off.",
    private_in_break="There is a break. Camera and microphone are off until it is over.",
    battery="The battery has {percent} percent.",
    battery_charging="The battery has {percent} percent and is charging.",
    lasts="It lasts for about {time}.",
    full_in="It is full in about {time}.",
    hour="one hour",
    hours="{number} hours",
    minutes="{number} minutes",
    going_off="I am turning off. Goodbye.",
    looking_over="I am trying camera, sound and head before the meeting. Nobody sees or hears you now.",
    faults={
        Fault.CAMERA: "The camera does not work.",
        Fault.MICROPHONE: "Microphone and speaker do not work.",
        Fault.HEAD: "The head cannot turn.",
        Fault.HEAD_BLOCKED: "Something holds the head.",
        Fault.HEAD_HOT: "The head is too warm. Let it rest.",
        Fault.HEAD_POWER: "The head does not get the right power. Check charger and cable.",
        Fault.HEAD_BOARD: "The lights and the button do not work.",
        Fault.SPEECH: "My voice does not work.",
        Fault.RELAY: "The network here may not let picture and sound through.",
        Fault.BATTERY_LOW: "The battery is nearly empty. Plug the charger in.",
    },
    pairing={
        Told.SHOW_CODE: "I do not belong to a course yet. Hold the QR code in front of my camera.",
        Told.OTHER_CODE: "This QR code is not for me. Show me the code from the course service.",
        Told.OTHER_ROBOT: "This QR code is for another robot.",
        Told.TRYING: "I see the code. Please wait.",
        Told.NO_WIFI_HERE: "I cannot change the wireless network myself. Connect me, and show me the code again.",
        Told.WIFI_FAILED: "I could not join the wireless network. Check its name and password.",
        Told.NO_SERVICE: "I cannot reach the course service. Check the network. I will try again soon.",
        Told.WRONG: "The code is not good. Make a new code.",
        Told.USED: "Somebody has already used this code. Make a new code.",
        Told.EXPIRED: "The code is too old. Make a new code.",
        Told.NOT_KEPT: "I could not store the pairing. Tell whoever looks after me.",
        Told.PAIRED: "I now belong to the course.",
        Told.NO_BROKER: "The pairing is stored, but I cannot reach the course service. Check the network.",
    },
)
NN: Final = Words(
    ready="Eg er klar.",
    nobody="Ingen er med.",
    somebody="{name} er med.",
    on_the_way="{name} koplar til. Vent litt.",
    no_service="Eg når ikkje kurstenesta. Sjekk nettet.",
    private_on="Privat er på. Kamera og mikrofon er av.",
    private_off="Privat er av.",
    private_in_break="Det er pause. Kamera og mikrofon er av til pausen er over.",
    battery="Batteriet har {percent} prosent.",
    battery_charging="Batteriet har {percent} prosent og ladar.",
    lasts="Det held i omtrent {time}.",
    full_in="Det er fullt om omtrent {time}.",
    hour="éin time",
    hours="{number} timar",
    minutes="{number} minutt",
    going_off="Eg slår meg av. Ha det bra.",
    looking_over="Eg prøver kamera, lyd og hovud før møtet. Ingen ser eller høyrer dykk no.",
    faults={
        Fault.CAMERA: "Kameraet verkar ikkje.",
        Fault.MICROPHONE: "Mikrofon og høgtalar verkar ikkje.",
        Fault.HEAD: "Hovudet kan ikkje snu seg.",
        Fault.HEAD_BLOCKED: "Noko held hovudet fast.",
        Fault.HEAD_HOT: "Hovudet er for varmt. La det kvile.",
        Fault.HEAD_POWER: "Hovudet får ikkje rett straum. Sjekk ladar og kabel.",
        Fault.HEAD_BOARD: "Lysa og knappen verkar ikkje.",
        Fault.SPEECH: "Røysta mi verkar ikkje.",
        Fault.RELAY: "Nettet her slepper kanskje ikkje bilete og lyd gjennom.",
        Fault.BATTERY_LOW: "Batteriet er snart tomt. Set i ladaren.",
    },
    pairing={
        Told.SHOW_CODE: "Eg er ikkje kopla til noko kurs enno. Hald QR-koden framfor kameraet mitt.",
        Told.OTHER_CODE: "Denne QR-koden er ikkje til meg. Hald opp koden frå kurstenesta.",
        Told.OTHER_ROBOT: "Denne QR-koden er til ein annan robot.",
        Told.TRYING: "Eg ser koden. Vent litt.",
        Told.NO_WIFI_HERE: "Eg kan ikkje byte trådlaust nett sjølv. Kople meg til nettet, og hald opp koden på nytt.",
        Told.WIFI_FAILED: "Eg kom ikkje inn på det trådlause nettet. Sjekk namn og passord.",
        Told.NO_SERVICE: "Eg når ikkje kurstenesta. Sjekk nettet. Eg prøver igjen om litt.",
        Told.WRONG: "Koden gjeld ikkje. Lag ein ny kode.",
        Told.USED: "Nokon har alt brukt denne koden. Lag ein ny kode.",
        Told.EXPIRED: "Koden er for gammal. Lag ein ny kode.",
        Told.NOT_KEPT: "Eg fekk ikkje lagra koplinga. Sei frå til den som driftar meg.",
        Told.PAIRED: "Eg er kopla til kurset.",
        Told.NO_BROKER: "Koplinga er lagra, men eg når ikkje kurstenesta. Sjekk nettet.",
    },
)
WORDS: Final[Mapping[Language, Words]] = {"nb": NB, "nn": NN, "en": EN}
