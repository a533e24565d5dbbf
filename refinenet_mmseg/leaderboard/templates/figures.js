// Draws the figures once they are near the screen, in the page's colors.
'use strict';
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const drawn = new Set();

  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function themed(layout) {
    const axis = {
      gridcolor: color('--line'),
      linecolor: color('--line'),
      tickcolor: color('--line'),
    };
    return {
      ...layout,
      paper_bgcolor: 'rgba(0, 0, 0, 0)',
      plot_bgcolor: 'rgba(0, 0, 0, 0)',
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color('--muted') },
      xaxis: { ...layout.xaxis, ...axis },
      yaxis: { ...layout.yaxis, ...axis },
      hoverlabel: {
        bgcolor: color('--card'),
        bordercolor: color('--muted'),
        font: {
          family: getComputedStyle(document.body).fontFamily,
          size: 13,
          color: color('--text'),
        },
        align: 'left',
      },
    };
  }

  const isHidden = (plot, trace) => {
    if (!trace.meta || trace.meta.role !== 'entry') return false;
    const button = plot
      .closest('.ranking')
      .querySelector(`.legend [data-entry="${Number(trace.meta.entry)}"]`);
    return button.getAttribute('aria-pressed') === 'false';
  };

  function draw(plot) {
    const { data, layout } = JSON.parse(
      document.querySelector(`[data-plot="${plot.id}"]`).textContent,
    );
    for (const trace of data) {
      if (trace.meta && trace.meta.role === 'front') {
        trace.line = { ...trace.line, color: color('--muted') };
      }
      trace.visible = !isHidden(plot, trace);
    }
    drawn.add(plot);
    return Plotly.react(plot, data, themed(layout), {
      displayModeBar: false,
      responsive: true,
    });
  }

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        draw(target);
      }
    },
    { rootMargin: '600px' },
  );
  document.querySelectorAll('.plot').forEach((plot) => watcher.observe(plot));
  dark.addEventListener('change', () => drawn.forEach(draw));

  for (const button of document.querySelectorAll('.legend button')) {
    button.addEventListener('click', () => {
      const pressed = button.getAttribute('aria-pressed') === 'true';
      button.setAttribute('aria-pressed', String(!pressed));
      const ranking = button.closest('.ranking');
      [...drawn].filter((plot) => ranking.contains(plot)).forEach(draw);
    });
  }
})();
