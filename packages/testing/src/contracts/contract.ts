/**
 * One behaviour every adapter must show. Plain data: any test runner, ours or a third party's, can host it:
 *
 *     for (const { name, run } of logContract) test(`my log ${name}`, () => run(openMyLog))
 *
 * `open` gives a port that nobody has used: what it stores is empty, and apart from every other case's. Where a contract
 * is called durable, a second `open` within one case gives the same storage again, after the first was disposed.
 */
export interface ContractCase<Port> {
  readonly name: string
  readonly run: (open: () => Promise<Port>) => Promise<void>
}
