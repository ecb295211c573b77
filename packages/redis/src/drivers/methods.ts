import { wrongType } from '@holdfast/core/adapter';

/** Throws unless the value has these methods: what a class is called says nothing once it was bundled. */
export const assertMethods = (option: string, value: unknown, methods: readonly string[]): void => {
  const has =
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function');
  if (!has) throw wrongType(option, value, `an object with ${methods.join(', ')}`);
};
