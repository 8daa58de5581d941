// What Grafana takes for a dashboard, by the types that it publishes. JSON can't hold its enums, so their values do.
import type { Dashboard, FieldConfig, Panel, RowPanel } from '@grafana/schema/dist/types/raw/dashboard/x/dashboard_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as SeriesField,
  Options as SeriesOptions,
} from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Json<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : unknown extends T
      ? any
      : T extends Array<infer Item>
        ? Json<Item>[]
        : T extends object
          ? { [Key in keyof T]: Json<T[Key]> }
          : T;

// The data source's queries are not in that package.
interface PrometheusQuery {
  refId: string;
  datasource: { type: 'prometheus'; uid: string };
  expr: string;
  legendFormat?: string;
  range?: boolean;
  instant?: boolean;
}

type Filled<Name, Options, Field> = Omit<Json<Panel>, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Name;
  options: Json<Partial<Options>>;
  fieldConfig: { defaults: Omit<Json<FieldConfig>, 'custom'> & { custom?: Json<Field> }; overrides: [] };
  targets: PrometheusQuery[];
};

export type Part = {
  dashboard: Omit<Json<Dashboard>, 'panels'>;
  row: Json<RowPanel>;
  stat: Filled<'stat', StatOptions, never>;
  timeseries: Filled<'timeseries', SeriesOptions, SeriesField>;
};
