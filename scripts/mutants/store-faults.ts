import type { Fault } from './fault.ts';

/** The store in memory, its guard, shared limits, leases and sessions. */
export const STORE_FAULTS: readonly Fault[] = [
  {
    title: 'a key is made of parts that run into each other',
    file: 'stateless/key.ts',
    find: 'if (PLAIN.test(value)) return value;',
    replace: 'if (value.length <= 64) return value;',
  },
  {
    title: 'a refusal forgets that the clock went back',
    file: 'stateless/memory/rates.ts',
    find: 'if (units > 0 || now < at || stood > level)',
    replace: 'if (units > 0 || stood > level)',
  },
  {
    title: 'what is given back to a key that was not there makes room of its own',
    file: 'stateless/memory/rates.ts',
    find: 'take.want < 0 ? 0 : unitsOf(0, take)',
    replace: 'unitsOf(0, take)',
  },
  {
    title: 'a late save resurrects what was removed',
    file: 'stateless/memory/records.ts',
    find: '  if (entry?.dead === true) return GONE;\n',
    replace: '',
  },
  {
    title: 'a record that is touched outlives its absolute end',
    file: 'stateless/memory/records.ts',
    find: 'absoluteEnd === 0 ? ttlMs : Math.min(ttlMs, absoluteEnd - now)',
    replace: 'ttlMs',
  },
  {
    title: 'a full table drives out leases',
    file: 'stateless/memory/table.ts',
    find: 'if (lossOf !== undefined) return this.#driveOut(lossOf, need, now);',
    replace: 'return this.#driveOut(lossOf ?? (() => 0), need, now);',
  },
  {
    title: 'a lease of a clock that went back lasts too long',
    file: 'stateless/memory/holders.ts',
    find: 'Math.min(endsAt, now + leaseMs)',
    replace: 'endsAt',
  },
  {
    title: 'a fence stands still',
    file: 'stateless/memory/leases.ts',
    find: 'Math.max(fence + 1,',
    replace: 'Math.max(fence,',
  },
  {
    title: 'nobody notices that the store ends nothing at all',
    file: 'stateless/guard/traffic.ts',
    find: "silent ? 'silence' : 'failure'",
    replace: "'failure'",
  },
  {
    title: 'a slot of the guard is free while the store is still at it',
    file: 'stateless/guard/traffic.ts',
    find: '    this.overdue++;\n',
    replace: '    this.overdue++;\n    this.pending--;\n',
  },
  {
    title: 'a removal that failed is not done again',
    file: 'stateless/guard/guarded.ts',
    find: 'if (this.#ended === undefined && !unwanted && !isWrongArgument(error)) {',
    replace: 'if (false) {',
  },
  {
    title: 'a limit that lost its store takes all of it for itself',
    file: 'stateless/limit/local-share.ts',
    find: 'Math.max(1, Math.floor(units / instances))',
    replace: 'units',
  },
  {
    title: 'units that came back by themselves are given back, too',
    file: 'stateless/limit/meter.ts',
    find: 'notComeBack(units, units, clock.now() - sentAt + deadlineMs, this.#rate)',
    replace: 'units',
  },
  {
    title: 'units that were taken in advance never grow old',
    file: 'stateless/limit/hot-key.ts',
    find: 'if (this.#units > 0 && now < this.due)',
    replace: 'if (this.#units > 0)',
  },
  {
    title: 'a lease counts from its answer',
    file: 'stateless/lease/hold.ts',
    find: '(leased) => this.#hear(leased, now),',
    replace: '(leased) => this.#hear(leased, this.#keeper.settings.clock.now()),',
  },
  {
    title: 'a lease that was lost and given anew is taken for renewed',
    file: 'stateless/lease/hold.ts',
    find: 'return leased.renewed &&',
    replace: 'return',
  },
  {
    title: 'who merges a session drops what others changed',
    file: 'stateless/session/merge.ts',
    find: '  for (const name of Object.keys(theirs)) data[name] = theirs[name];\n',
    replace: '',
  },
  {
    title: 'a strict session overwrites',
    file: 'stateless/session/save-merged.ts',
    find: '  if (parts > 0 && rules.strict) throw conflictOf(rules.limits.name);\n',
    replace: '',
  },
];
