/**
 * The folder with the bundled command line, made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json, bin/ and lib/
 */
export declare function programFolder(projectDirectory: string): Promise<string>;
