import { PROJECT_VARIABLE } from "./temporary-folder.ts";

const folder = process.env[PROJECT_VARIABLE];
if (folder === undefined) throw new Error(`${PROJECT_VARIABLE} is not set; test/temporary-folder.ts makes the project`);

/** A copy of this project with the environments of `test/fixture/cdk.json`, one for all tests of a run. */
export const PROJECT: string = folder;
