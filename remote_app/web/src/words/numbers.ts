import type { MediaPath, QualityState } from "../generated/wire";
import { type Key, t } from "../i18n";
import type { RescueShown } from "../session/rescue";
import { locale } from "./clock";

export interface NumberRow {
  readonly label: Key;
  readonly value: string;
}

const PATHS: Readonly<Record<MediaPath, Key>> = {
  host: "numbers.path.host",
  srflx: "numbers.path.srflx",
  "relay-udp": "numbers.path.relay_udp",
  "relay-tcp": "numbers.path.relay_tcp",
  "relay-tls": "numbers.path.relay_tls",
};

type Maybe = number | null | undefined;

function figure(value: number, digits: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

function known(value: Maybe, write: (value: number) => string): string {
  return value === null || value === undefined ? t("numbers.unknown") : write(value);
}

const ms = (value: Maybe): string => known(value, (known) => `${figure(known, 0)} ms`);
const percent = (value: Maybe): string => known(value, (known) => `${figure(known * 100, 1)} %`);

/** What whoever helps over the telephone asks for, in the order of what people notice. */
export function numberRows(quality: QualityState): NumberRow[] {
  const { numbers, path } = quality;
  const both = (one: string, other: string): string => `${one} / ${other}`;
  const fps = (value: Maybe): string => known(value, (known) => figure(known, 0));
  return [
    { label: "numbers.picture", value: ms(numbers?.picture_ms) },
    { label: "numbers.hear", value: ms(numbers?.hear_ms) },
    { label: "numbers.speak", value: ms(numbers?.speak_ms) },
    { label: "numbers.rtt", value: ms(quality.rtt_ms) },
    { label: "numbers.loss", value: both(percent(quality.loss), percent(numbers?.sound_lost)) },
    { label: "numbers.size", value: `${quality.width} × ${quality.height}` },
    { label: "numbers.bitrate", value: `${figure(quality.bitrate_bps / 1e6, 2)} Mbit/s` },
    { label: "numbers.echo", value: known(numbers?.echo_loss_db, (db) => `${figure(db, 0)} dB`) },
    { label: "numbers.fps", value: both(fps(quality.fps), fps(numbers?.shown_fps)) },
    { label: "numbers.buffer", value: both(ms(numbers?.page_buffer_ms), ms(numbers?.robot_buffer_ms)) },
    { label: "numbers.path", value: path ? t(PATHS[path]) : t("numbers.unknown") },
  ];
}

/** The same while still pictures and sound come by the service: all of it measured in the page. */
export function rescueRows(rescue: RescueShown): NumberRow[] {
  return [
    { label: "numbers.path", value: t("numbers.path.service") },
    { label: "numbers.stills", value: figure(rescue.stillsPerS, 1) },
    { label: "numbers.size", value: `${rescue.width} × ${rescue.height}` },
    { label: "numbers.still_bytes", value: `${figure(rescue.stillBytes / 1000, 0)} kB` },
    { label: "numbers.held", value: rescue.sound ? ms(rescue.heldMs) : t("numbers.no_sound") },
  ];
}
