// The processor time of this process, which other programs do not lengthen as they lengthen the time of a clock.

/** Returns the processor time of a run in milliseconds. */
export async function processorTime(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
