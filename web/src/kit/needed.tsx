// What has to be filled in has a star beside its name; that it is required, its input says itself.
export const Needed = () => <span aria-hidden="true"> *</span>
