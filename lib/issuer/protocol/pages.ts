import type { KoaContextWithOIDC } from "oidc-provider";
import type { Applications } from "../applications.ts";
import { html, showPage, trusted } from "./page.ts";

/** Every page of the issuer but the sign-in. */
export class Pages {
  readonly #applications: Applications;
  readonly #about: string;

  /** @param about what the issuer is, for the last line of each page */
  constructor(applications: Applications, about: string) {
    this.#applications = applications;
    this.#about = about;
  }

  error(ctx: KoaContextWithOIDC, error: string, description: string | undefined): void {
    showPage(ctx, {
      title: "The request cannot be answered",
      about: this.#about,
      body: html`<p><code>${error}</code></p><p>${description ?? "No more is known."}</p>`,
    });
  }

  /** Asks whether to sign out; for an application that names itself it does not (WSO2: Skip Logout Consent). */
  logout(ctx: KoaContextWithOIDC, form: string): void {
    showPage(ctx, {
      title: "Sign out?",
      about: this.#about,
      isSentAtOnce: ctx.oidc.client !== undefined,
      body: html`${trusted(withField(form, '<input type="hidden" name="logout" value="yes">'))}
<div class="actions"><button class="main" form="op.logoutForm">Sign out</button></div>`,
    });
  }

  loggedOut(ctx: KoaContextWithOIDC): void {
    showPage(ctx, { title: "You are signed out", about: this.#about, body: html`<p>You can close this page.</p>` });
  }

  deviceCode(ctx: KoaContextWithOIDC, form: string, isWrong: boolean): void {
    const field = `<label>Code <input name="user_code" autocomplete="off" autocapitalize="characters" required autofocus></label>`;
    showPage(ctx, {
      title: "Sign in on a device",
      about: this.#about,
      body: html`<p class="muted">Type the code that the device shows.</p>
${isWrong ? html`<p role="alert">There is no such code, or it has ended or been used.</p>` : ""}
${trusted(form.replace(/<input\s[^>]*name="user_code"[^>]*>(<\/input>)?/, field))}
<div class="actions"><button class="main" form="op.deviceInputForm">Continue</button></div>`,
    });
  }

  deviceConfirmation(ctx: KoaContextWithOIDC, form: string, clientId: string, code: string): void {
    const name = this.#applications.find(clientId)?.name ?? clientId;
    showPage(ctx, {
      title: `Sign in to ${name} on a device?`,
      about: this.#about,
      body: html`<p>Go on only if the device shows this code:</p><p><code class="code">${code}</code></p>
${trusted(form)}
<div class="actions"><button class="main" form="op.deviceConfirmForm">Continue</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button></div>`,
    });
  }

  deviceDone(ctx: KoaContextWithOIDC): void {
    showPage(ctx, {
      title: "The device is signed in",
      about: this.#about,
      body: html`<p>You can close this page and go on at the device.</p>`,
    });
  }
}

const withField = (form: string, field: string) => form.replace("</form>", `${field}</form>`);
