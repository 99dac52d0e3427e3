// Called by run.sh: installs the servers of this bench.
import { requirePackages } from "../lib/packages.mjs";
import { atlassian, newest, remote } from "../lib/pinned.mjs";

requirePackages([atlassian, remote(newest)]);
