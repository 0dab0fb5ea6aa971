import { type Invitation, type Person, ask, file } from "./api";
import { type Plan, act } from "./desk";
import { Editor } from "./editor";
import { Choice, Field, Form, Press, type Values } from "./form";
import { Sure } from "./sure";
import { type Key, t } from "./words";

const ROLES = ["patient", "nurse"] as const;

/** The people of a course, their invitations, and a form for more. */
export function People({ plan }: { readonly plan: Plan }) {
  const { course, people, seats } = plan;
  const add = (values: (name: string) => string): Promise<boolean> => {
    const body = { display_name: values("name"), role: values("role"), seat: values("seat") || null };
    return act(() => ask<Person>("POST", `/courses/${course.id}/people`, body));
  };
  return (
    <section class="planning-card" aria-labelledby="people-title">
      <h2 class="ds-heading" id="people-title">
        {t("people.title")}
      </h2>
      <p>{t("people.note")}</p>
      <ul>
        {people.map((person) => (
          <PersonLine key={person.id} plan={plan} person={person} />
        ))}
      </ul>
      {seats.length > 0 ? (
        <>
          <h3 class="ds-heading">{t("people.add")}</h3>
          <Form send={t("people.send")} onSend={add}>
            <Field id="person-name" name="name" label={t("people.name")} most={60} />
            <Choice
              id="person-role"
              name="role"
              label={t("people.role")}
              choices={ROLES.map((role) => [role, t(`role.${role}`)] as const)}
            />
            <Choice
              id="person-seat"
              name="seat"
              label={t("people.seat")}
              choices={seats.map(({ id, name }) => [id, name] as const)}
            />
          </Form>
        </>
      ) : null}
    </section>
  );
}

function PersonLine({ plan, person }: { readonly plan: Plan; readonly person: Person }) {
  const { course, seats, invitations } = plan;
  const name = person.display_name;
  const seat = seats.find(({ id }) => id === person.seat)?.name ?? "";
  const good = invitations.filter((one) => one.person === person.id && one.withdrawn_at === null);
  const send = async (values: Values, _: FormData, base: Person): Promise<undefined> => {
    const body = { display_name: values("display_name"), role: values("role"), seat: values("seat") || null };
    await ask("PUT", `/courses/${course.id}/people/${person.id}`, body, base.version);
  };
  const invite = () => act(() => ask("POST", `/courses/${course.id}/invitations`, { person: person.id }));
  return (
    <li>
      <h3 class="ds-heading">{name}</h3>
      <p class="quiet">{[t(`role.${person.role}` as Key), seat].filter(Boolean).join(", ")}</p>
      {good.map((one) => (
        <InvitationLine key={one.id} course={course.id} name={name} invitation={one} />
      ))}
      <div class="planning-row">
        {good.length === 0 ? (
          <Press label={t("people.invite")} name={t("people.invite_who", { name })} kind="primary" onPress={() => void invite()} />
        ) : null}
        <Editor
          thing={person}
          label={t("editor.open")}
          name={t("editor.open_what", { what: name })}
          onSend={send}
          fields={(base) => <PersonFields plan={plan} person={base} />}
        />
        <Forget course={course.id} person={person} />
      </div>
    </li>
  );
}

interface FieldsProps {
  readonly plan: Plan;
  readonly person: Person;
}

function PersonFields({ plan: { seats, invitations }, person: { id, display_name, role, seat } }: FieldsProps) {
  const roles = ROLES.some((one) => one === role) ? ROLES : [role, ...ROLES];
  const none = seat === null ? [["", t("edit.none")] as const] : [];
  const invited = invitations.some((one) => one.person === id && one.withdrawn_at === null);
  return (
    <>
      <Field id={`name-${id}`} name="display_name" label={t("people.name")} most={60} value={display_name} />
      <Choice
        id={`role-${id}`}
        name="role"
        label={t("people.role")}
        value={role}
        choices={roles.map((one) => [one, t(`role.${one}` as Key)] as const)}
      />
      <Choice
        id={`seat-${id}`}
        name="seat"
        label={t("people.seat")}
        value={seat ?? ""}
        choices={[...none, ...seats.map((one) => [one.id, one.name] as const)]}
      />
      {invited ? <p class="planning-whole">{t("people.moved")}</p> : null}
    </>
  );
}

function Forget({ course, person }: { readonly course: string; readonly person: Person }) {
  const name = person.display_name;
  return (
    <Sure
      label={t("people.forget")}
      name={t("people.forget_who", { name })}
      question={t("people.forget_sure", { name })}
      onYes={() => void act(() => ask("DELETE", `/courses/${course}/people/${person.id}`))}
    />
  );
}

interface InvitationProps {
  readonly course: string;
  readonly name: string;
  readonly invitation: Invitation;
}

function InvitationLine({ course, name, invitation: { id, digits } }: InvitationProps) {
  const at = `/courses/${course}/invitations/${id}`;
  return (
    <>
      <p>
        {t("invitation.digits")}: <span class="planning-digits">{digits ? `${digits.slice(0, 3)} ${digits.slice(3)}` : ""}</span>
      </p>
      <div class="planning-row">
        <a
          class="ds-button"
          data-variant="primary"
          href={file(`${at}/sheet`)}
          target="_blank"
          rel="noopener"
          aria-label={t("invitation.print_who", { name })}
        >
          {t("invitation.print")}
        </a>
        <a class="planning-link" href={file(`${at}/calendar`)} download aria-label={t("invitation.calendar_who", { name })}>
          {t("invitation.calendar")}
        </a>
        <Sure
          label={t("invitation.renew")}
          name={t("invitation.renew_who", { name })}
          question={t("invitation.renew_sure", { name })}
          yes={t("invitation.renew_yes")}
          onYes={() => void act(() => ask("POST", `${at}/digits`, {}))}
        />
        <Press
          label={t("invitation.withdraw")}
          name={t("invitation.withdraw_who", { name })}
          kind="tertiary"
          onPress={() => void act(() => ask("POST", `${at}/withdraw`, {}))}
        />
      </div>
    </>
  );
}
