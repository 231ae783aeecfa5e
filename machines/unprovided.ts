/** The body of an action that only names what the outside has to do. The runner supplies it with `provide()`;
 * an actor that was started without it fails loudly, and exploration never runs it. */
export const unprovided = (name: string) => (): never => {
  throw new Error(`the action ${name} was not provided: create this actor through the runner, or explore the machine with transition()`)
}
