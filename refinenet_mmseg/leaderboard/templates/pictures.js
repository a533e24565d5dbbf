// The picture browser: a chosen picture, two of its layers and a divider.
'use strict';
(() => {
  for (const section of document.querySelectorAll('.pictures')) {
    const pictures = [...section.querySelectorAll('.picture')];
    const buttons = [...section.querySelectorAll('.chooser button')];
    const stage = section.querySelector('.stage');
    const slider = stage.querySelector('input');
    const sides = ['left', 'right'].map((side) => ({
      image: stage.querySelector(`.${side}-layer`),
      choice: section.querySelector(`.choose-${side}`),
    }));
    let current = pictures[0];

    const layers = () => [...current.querySelectorAll('[data-layer]')];

    function moveDivider() {
      stage.style.setProperty('--divide', `${slider.value}%`);
      const [left, right] = sides.map(({ choice }) => choice.value);
      slider.setAttribute(
        'aria-valuetext',
        `${slider.value} % ${left}, the rest ${right}`,
      );
    }

    function show() {
      for (const { image, choice } of sides) {
        const layer = layers().find((l) => l.dataset.layer === choice.value);
        image.src = layer.src;
        image.alt = layer.alt;
        stage.style.aspectRatio =
          `${layer.getAttribute('width')} / ${layer.getAttribute('height')}`;
      }
      moveDivider();
    }

    function choose(index) {
      current = pictures[index];
      pictures.forEach((picture, i) => { picture.hidden = i !== index; });
      buttons.forEach((button, i) => {
        button.setAttribute('aria-pressed', String(i === index));
      });
      const names = layers().map((layer) => layer.dataset.layer);
      sides.forEach(({ choice }, side) => {
        // The same layers as before, where this picture has them.
        const wanted = names.includes(choice.value)
          ? choice.value
          : names[side === 0 ? 0 : Math.min(2, names.length - 1)];
        choice.replaceChildren(...names.map((name) => new Option(name)));
        choice.value = wanted;
      });
      show();
    }

    buttons.forEach((button, index) => {
      const image = pictures[index].querySelector('[data-layer="Image"]');
      button.querySelector('img').src = image.src;
      button.addEventListener('click', () => choose(index));
    });
    sides.forEach(({ choice }) => choice.addEventListener('change', show));
    slider.addEventListener('input', moveDivider);
    choose(0);
  }
})();
