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

/**
 * The folder with the bundled functions that the constructs deploy, made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json, lambda/ and lib/
 */
export declare function functionsFolder(projectDirectory: string): Promise<string>;

/**
 * Bundles the command line into a folder.
 * @param more options of esbuild besides; by default source maps beside the files
 * @returns the files that went into it, from the project's folder on
 */
export declare function bundle(
  projectDirectory: string,
  outdir: string,
  more?: Readonly<Record<string, unknown>>,
): Promise<readonly string[]>;

/** Bundles the console's page into a folder. @returns the files that went into it, from the project's folder on */
export declare function bundlePage(projectDirectory: string, outdir: string): Promise<readonly string[]>;

/** Bundles the functions that the constructs deploy into a folder. @returns the files that went into it, from the project's folder on */
export declare function bundleFunctions(projectDirectory: string, outdir: string): Promise<readonly string[]>;
