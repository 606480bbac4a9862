const two = (number) => String(number).padStart(2, "0");

/** Returns the time of day: `09:05`. */
export const minuteOf = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** Returns the time of day: `09:05:07`. */
export const secondOf = (date) => `${minuteOf(date)}:${two(date.getSeconds())}`;
