// All situations, by kind. A quick run takes the first one of each kind.
import { discovery } from "./situations/discovery.mjs";
import { errors } from "./situations/errors.mjs";
import { forgotten } from "./situations/forgotten.mjs";
import { hostile } from "./situations/hostile.mjs";
import { headers } from "./situations/http.mjs";
import { issuers } from "./situations/issuers.mjs";
import { pkce } from "./situations/pkce.mjs";
import { real } from "./situations/real.mjs";
import { rejectedRefreshes } from "./situations/refreshes.mjs";
import { refusals } from "./situations/refusals.mjs";
import { scopesAtRefresh } from "./situations/scopes.mjs";
import { settings } from "./situations/settings.mjs";
import { starts } from "./situations/starts.mjs";

export const kinds = [
  forgotten,
  pkce,
  scopesAtRefresh,
  rejectedRefreshes,
  refusals,
  issuers,
  settings,
  starts,
  discovery,
  errors,
  hostile,
  headers,
  real,
];
