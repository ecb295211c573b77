import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { collectWarnings } from '../../../core/test/support/warnings.ts';
import { rescueConnections } from '../../src/rescue/rescue-connections.ts';
