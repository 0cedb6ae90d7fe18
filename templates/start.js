"use strict";
// All scripts are there: begin. The page itself comes last, as it goes where the address says.

table.start();
heatmap.start();
regions.start();
own.start().finally(page.start);
