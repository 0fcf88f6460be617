/**
 * The folder with the bundled command line, made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json, bin/ and lib/
 */
export declare function programFolder(projectDirectory: string): Promise<string>;

/**
 * The folder with the console's page, made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json and lib/
 */
export declare function pageFolder(projectDirectory: string): Promise<string>;
