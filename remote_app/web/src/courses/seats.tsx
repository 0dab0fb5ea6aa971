import { type Course, type Seat, ask } from "./api";
import { type Plan, act, robots } from "./desk";
import { Editor, Remove } from "./editor";
import { Choice, Field, Form, type Values } from "./form";
import { slugOf } from "./slug";
import { t } from "./words";

/** The seats of a course, each with its own form, and a form for more. */
export function Seats({ plan: { course, seats } }: { readonly plan: Plan }) {
  const add = (values: Values): Promise<boolean> => {
    const name = slugOf(values("name"), seats.map((seat) => seat.name));
    return act(() => ask<Seat>("POST", `/courses/${course.id}/seats`, { name, robot: values("robot") }));
  };
  const free = robotsFor(seats, null);
  return (
    <section class="planning-card" aria-labelledby="seats-title">
      <h2 class="ds-heading" id="seats-title">
        {t("seats.title")}
      </h2>
      <p>{t("seats.note")}</p>
      <ul>
        {seats.map((seat) => (
          <SeatLine key={seat.id} course={course} seats={seats} seat={seat} />
        ))}
      </ul>
      {free.length > 0 ? (
        <>
          <h3 class="ds-heading">{t("seats.add")}</h3>
          <Form send={t("seats.send")} onSend={add}>
            <Field id="seat-name" name="name" label={t("seats.name")} most={32} />
            <Choice id="seat-robot" name="robot" label={t("seats.robot")} choices={free} />
          </Form>
        </>
      ) : null}
    </section>
  );
}

/** The robots that no other seat has, for a form. */
function robotsFor(seats: readonly Seat[], own: Seat | null): readonly (readonly [string, string])[] {
  const taken = seats.filter((seat) => seat.id !== own?.id).map((seat) => seat.robot);
  const free = robots.value.filter((robot) => robot.site !== null && !taken.includes(robot.id));
  return free.map(({ id, place }) => [id, `${place} (${id})`] as const);
}

interface LineProps {
  readonly course: Course;
  readonly seats: readonly Seat[];
  readonly seat: Seat;
}

function SeatLine({ course, seats, seat }: LineProps) {
  const at = `/courses/${course.id}/seats/${seat.id}`;
  const what = t("edit.thing.seat", { name: seat.name });
  const send = async (values: Values, _: FormData, base: Seat): Promise<undefined> => {
    const others = seats.filter(({ id }) => id !== seat.id).map(({ name }) => name);
    await ask("PUT", at, { name: slugOf(values("name"), others), robot: values("robot") }, base.version);
  };
  return (
    <li class="planning-line">
      <p>{t("seats.line", { name: seat.name, robot: seat.robot })}</p>
      <div class="planning-row">
        <Editor
          thing={seat}
          label={t("editor.open")}
          name={t("editor.open_what", { what })}
          onSend={send}
          fields={(base) => (
            <>
              <Field id={`seat-name-${seat.id}`} name="name" label={t("seats.name")} most={32} value={base.name} />
              <Choice
                id={`seat-robot-${seat.id}`}
                name="robot"
                label={t("seats.robot")}
                value={base.robot}
                choices={robotsFor(seats, seat)}
              />
            </>
          )}
        />
        <Remove at={at} what={what} />
      </div>
    </li>
  );
}
