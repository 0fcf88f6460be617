import { Alarm, ComparisonOperator, type IMetric, type TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/** An alarm, before it is made. */
export interface AlarmPlan {
  readonly id: string;
  /** What it means and where to look first: the text of the mail. */
  readonly about: string;
  readonly metric: IMetric;
  /** The alarm rings at this value and above; with `isBelow` at this value and below. */
  readonly threshold: number;
  /** @default false */
  readonly isBelow?: boolean;
  /** So many of the last periods have to be bad: `[2, 3]` is two of three. @default [1, 1] */
  readonly periods?: readonly [bad: number, of: number];
  /** What it means that nobody reported anything. */
  readonly whenMissing: TreatMissingData;
}

/** Makes alarms that tell these topics when they ring and when they are over. */
export function newAlarms(scope: Construct, plans: readonly AlarmPlan[], topics: readonly ITopic[]): readonly Alarm[] {
  return plans.map(({ id, about, metric, threshold, isBelow = false, periods = [1, 1], whenMissing }) => {
    const [datapointsToAlarm, evaluationPeriods] = periods;
    const alarm = new Alarm(scope, id, {
      alarmDescription: about,
      metric,
      threshold,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData: whenMissing,
    });
    for (const topic of topics) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    return alarm;
  });
}
