// `node --import ./undici7.ts`: whoever imports undici gets undici 7.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.replace(/^undici(?=$|\/)/, 'undici7'), context),
});
