// The arithmetic of the graph: where a figure stands, and which lines are drawn behind it. Pure.

/** Round numbers from 0 up to at least `most`, about four of them; `least` lies between two. */
export function ticks(most, least = 0) {
  if (!(most > 0)) return [0, 1];
  const rough = Math.max(most / 4, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  const lines = [];
  for (let line = 0; line < most + size; line += size) lines.push(Number(line.toPrecision(12)));
  return lines;
}

/** The same for seconds: halves of minutes, minutes, hours. */
export function timeTicks(most) {
  const size = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((seconds) => seconds * 4 >= most);
  if (!size) return ticks(most);
  const lines = [];
  for (let line = 0; line < most + size; line += size) lines.push(line);
  return lines;
}

/** Points {x, y} of figures within a width and height; a figure that is null has no point. */
export function place(values, width, height, most) {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, index) => {
    const x = values.length > 1 ? index * step : width / 2;
    return value === null || value === undefined ? null : { x, y: height - (value / most) * height };
  });
}

/** The line through points, broken where there is none. */
export function line(points) {
  let isOpen = false;
  return points.map((point) => {
    const command = point ? `${isOpen ? "L" : "M"}${round(point.x)} ${round(point.y)}` : "";
    isOpen = Boolean(point);
    return command;
  }).join("");
}

/** The area below a line of points. */
export function area(points, height) {
  const drawn = points.filter(Boolean);
  if (drawn.length < 2) return "";
  return `${line(drawn)}L${round(drawn.at(-1).x)} ${height}L${round(drawn[0].x)} ${height}Z`;
}

/** Which of `count` labels fit beside each other in a width. */
export function thin(count, width, each) {
  const every = Math.max(1, Math.ceil((count * each) / Math.max(width, 1)));
  return Array.from({ length: count }, (_, index) => index).filter((index) => index % every === 0);
}

const round = (number) => Math.round(number * 10) / 10;
