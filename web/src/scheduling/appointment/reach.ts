// What somebody typed to find a customer, who is not there yet: their name, or how to reach them.

const PHONE = /^\+?[\d\s()/.-]{5,}$/

export const nameOrReach = (typed: string) => (typed.includes('@') || PHONE.test(typed) ? { name: '', reach: typed } : { name: typed, reach: '' })
