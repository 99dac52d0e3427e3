// Metadata of an authorization server about PKCE.
import { connect } from "../goals.mjs";
import { without } from "../responses.mjs";

const methods = (list) => ({
  metadata: (_, usual) => ({ ...usual(), code_challenge_methods_supported: list }),
});

export const pkce = {
  kind: "PKCE",
  situations: [
    {
      name: "the metadata does not mention PKCE (Entra ID, Cognito)",
      goal: connect,
      server: { metadata: (_, usual) => without(usual(), "code_challenge_methods_supported") },
    },
    {
      name: "the metadata lists PKCE methods as `null`",
      goal: connect,
      server: methods(null),
    },
    {
      name: "the metadata lists PKCE methods without S256",
      goal: connect,
      server: methods(["plain"]),
      refuse: true,
      helps: /S256/,
    },
  ],
};
