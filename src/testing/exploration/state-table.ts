/** A set of numbers up to 2^53 that gives each the next index: open addressing in typed arrays, 20 bytes for a member and its predecessor. */
export class StateTable {
  #codes = new Float64Array(1 << 12)
  #parents = new Int32Array(1 << 12)
  #slots = new Int32Array(1 << 13).fill(-1)
  #size = 0

  get size(): number {
    return this.#size
  }
  codeOf(index: number): number {
    return this.#codes[index]!
  }
  /** The index of the state from which it was found first; -1: the beginning. */
  parentOf(index: number): number {
    return this.#parents[index]!
  }

  /** -1: it is no member. */
  indexOf(code: number): number {
    let slot = slotOf(code, this.#slots.length)
    while (this.#slots[slot] !== -1 && this.#codes[this.#slots[slot]!] !== code) slot = (slot + 1) & (this.#slots.length - 1)
    return this.#slots[slot]!
  }

  /** The index of a code. One that is new is `size` before and smaller than `size` after. */
  add(code: number, parent: number): number {
    if (this.#size === this.#codes.length) this.#grow()
    let slot = slotOf(code, this.#slots.length)
    for (let index = this.#slots[slot]!; index !== -1; index = this.#slots[slot]!) {
      if (this.#codes[index] === code) return index
      slot = (slot + 1) & (this.#slots.length - 1)
    }
    this.#slots[slot] = this.#size
    this.#codes[this.#size] = code
    this.#parents[this.#size] = parent
    return this.#size++
  }

  #grow(): void {
    const length = this.#codes.length * 2
    this.#codes = copied(this.#codes, new Float64Array(length))
    this.#parents = copied(this.#parents, new Int32Array(length))
    this.#slots = new Int32Array(length * 2).fill(-1)
    for (let index = 0; index < this.#size; index++) {
      let slot = slotOf(this.#codes[index]!, this.#slots.length)
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (this.#slots.length - 1)
      this.#slots[slot] = index
    }
  }
}

/** Both halves of the code, mixed as MurmurHash3 does: codes of neighbours differ in a few low bits. */
const slotOf = (code: number, slots: number): number => {
  let mixed = Math.imul((code / 0x1_0000_0000) | 0, 0x85eb_ca6b) ^ (code >>> 0)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) & (slots - 1)
}

/** A list of numbers that grows without an object for each. */
export class IntList {
  #items = new Int32Array(1 << 12)
  length = 0
  push(item: number): void {
    if (this.length === this.#items.length) this.#items = copied(this.#items, new Int32Array(this.length * 2))
    this.#items[this.length++] = item
  }
  at(index: number): number {
    return this.#items[index]!
  }
}

const copied = <Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers => {
  to.set(from)
  return to
}
