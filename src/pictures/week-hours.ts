import { type Markup, markup } from './markup.ts';
import { grouped, many, sum } from './words.ts';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const hourName = (hour: number) => String(hour).padStart(2, '0');

/** How dark a cell is: 0 for none, else 1 to 5. */
const strengthOf = (value: number, most: number) => (value === 0 ? 0 : Math.ceil((value / most) * 5));

/** Signals by weekday (seven rows, Monday first) and hour of the day (24 columns), UTC. Darker cells have more. */
export function weekHours(hours: readonly (readonly number[])[]): Markup {
  const cells = hours.flatMap((counts, day) => counts.map((value, hour) => ({ day, hour, value })));
  const busiest = cells.reduce((most, each) => (each.value > most.value ? each : most), { day: 0, hour: 0, value: 0 });
  const cell = (day: number, hour: number, value: number) => {
    const tab = day === busiest.day && hour === busiest.hour ? 0 : -1;
    const tip = `${weekdays[day]} ${hourName(hour)}:00 to ${hourName(hour)}:59: ${many(value, 'signal')}`;
    return markup`<td class="mark h${strengthOf(value, busiest.value)}" tabindex="${tab}"><span>${value}</span><i class="tip">${tip}</i></td>`;
  };
  const rows = hours.map(
    (counts, day) =>
      markup`<tr><th scope="row">${weekdays[day] ?? ''}</th>${counts.map((value, hour) => cell(day, hour, value))}</tr>`,
  );
  const heads = Array.from({ length: 24 }, (_, hour) => markup`<th scope="col">${hourName(hour)}</th>`);
  const total = sum(cells.map(({ value }) => value));
  const peak = `${weekdays[busiest.day]} ${hourName(busiest.hour)}:00`;
  const label = `${many(total, 'signal')} by weekday and hour (UTC); most, ${grouped(busiest.value)}, on ${peak}`;
  return markup`<figure class="picture week-hours" aria-label="${label}"><table class="marks" data-row="24"><thead><tr><td></td>${heads}</tr></thead><tbody>${rows}</tbody></table><p class="dim">Most on ${peak}: ${grouped(busiest.value)} of ${many(total, 'signal')}.</p></figure>`;
}
