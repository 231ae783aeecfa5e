import { assign, setup } from 'xstate'

export type SeatEvent = { type: 'seat.take' | 'seat.release'; user: string }

/** One licence for one user at a time.
 * - `free`   nobody has it
 * - `taken`  `user` has it; whoever else asks is refused, and only `user` gives it back */
export const seatMachine = setup({
  types: {} as { context: { user: string | null }; events: SeatEvent },
  guards: { isHolder: ({ context, event }) => context.user === event.user },
}).createMachine({
  initial: 'free',
  context: { user: null },
  states: {
    free: { on: { 'seat.take': { target: 'taken', actions: assign({ user: ({ event }) => event.user }) } } },
    taken: { on: { 'seat.release': { guard: 'isHolder', target: 'free', actions: assign({ user: null }) } } },
  },
})
