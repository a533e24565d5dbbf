// Sorting and filtering of the tables. Without it they are in order of rank.
'use strict';
(() => {
  const valueOf = (row, column) => row.cells[column].dataset.value;

  function compare(a, b) {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  }

  function sort(table, heading) {
    const column = heading.cellIndex;
    const opposite = { ascending: 'descending', descending: 'ascending' };
    const direction =
      opposite[heading.getAttribute('aria-sort')] || heading.dataset.first;
    for (const other of table.tHead.rows[0].cells) {
      other.setAttribute('aria-sort', other === heading ? direction : 'none');
    }
    const sign = direction === 'ascending' ? 1 : -1;
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [x, y] = [valueOf(a, column), valueOf(b, column)];
      // What was not measured comes last, whichever the direction.
      if (x === '' || y === '') return (x === '') - (y === '');
      return sign * compare(x, y) || compare(valueOf(a, 0), valueOf(b, 0));
    });
    table.tBodies[0].append(...rows);
  }

  for (const section of document.querySelectorAll('.ranking')) {
    const table = section.querySelector('table.board');
    if (!table) continue;
    const headings = table.tHead.rows[0].cells;
    for (const heading of headings) {
      heading
        .querySelector('button')
        .addEventListener('click', () => sort(table, heading));
    }

    const find = section.querySelector('.find');
    const backbone = section.querySelector('.choose-backbone');
    const filter = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) {
        const wanted = !backbone || !backbone.value;
        row.hidden = !(
          words.every((word) => row.dataset.text.includes(word)) &&
          (wanted || row.dataset.backbone === backbone.value)
        );
      }
      const shown = rows.filter((row) => !row.hidden).length;
      section.querySelector('.count').textContent =
        `${shown} of ${rows.length} shown`;
      section.querySelector('.nothing').hidden = shown > 0;
    };
    find.addEventListener('input', filter);
    if (backbone) backbone.addEventListener('change', filter);
    filter(); // a browser may have kept what was typed
  }
})();
