import { Changes } from "./changes";
import { type Plan, remove } from "./desk";
import { Details } from "./details";
import { Evaluation } from "./evaluation";
import { LinesOfCourse } from "./lines";
import { LogOfCourse } from "./logcourse";
import { Meetings } from "./meetings";
import { People } from "./people";
import { Seats } from "./seats";
import { Sure } from "./sure";
import { t } from "./words";

/** One course: its meetings, its seats, its people. */
export function CoursePlan({ plan }: { readonly plan: Plan }) {
  return (
    <>
      <Details course={plan.course} />
      <Meetings plan={plan} />
      <Seats plan={plan} />
      <People plan={plan} />
      <LinesOfCourse course={plan.course.id} />
      <LogOfCourse plan={plan} />
      <Evaluation plan={plan} />
      <Changes />
      <Delete plan={plan} />
    </>
  );
}

function Delete({ plan: { course } }: { readonly plan: Plan }) {
  return (
    <Sure
      label={t("delete.send")}
      question={t("delete.sure", { name: course.name })}
      onYes={() => void remove(course)}
    />
  );
}
