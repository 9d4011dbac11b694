// Sorts a table by the column whose head is pressed, and shows the rows that hold what is typed;
// without it the table reads as it is.
const MANY_ROWS = 8;
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if ("unsorted" in head.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value ?? "";
      const numeric = head.classList.contains("n");
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if ((x === "") !== (y === "")) return x === "" ? 1 : -1;
        const order = numeric ? Number(x) - Number(y) : x.localeCompare(y);
        return down ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
  if (table.tBodies[0].rows.length > MANY_ROWS) addFilter(table);
}
function addFilter(table) {
  const label = document.createElement("label");
  const field = document.createElement("input");
  const shown = document.createElement("span");
  label.className = "filter";
  field.type = "search";
  shown.setAttribute("role", "status");
  label.append("Show rows with ", field, " ", shown);
  table.closest(".scroller").before(label);
  const rows = [...table.tBodies[0].rows];
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    shown.textContent = wanted && `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  });
}
// A link into folded text opens it; printing opens all of it.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not([open])")) part.open = true;
});
