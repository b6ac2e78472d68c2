/* Fills a field with where the device is, rounded here, when its button is pressed and the browser's owner allows it.
   Fetches nothing and keeps nothing; without it, or after a no, the place is typed or left out. */
"use strict";
(() => {
  if (!navigator.geolocation) return;
  for (const button of document.querySelectorAll("button[data-place]")) {
    const input = document.getElementById(button.dataset.place), digits = Number(button.dataset.digits);
    const failed = document.getElementById(button.dataset.place + "-failed");
    button.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      failed.hidden = true;
      navigator.geolocation.getCurrentPosition(found => {
        input.value = [found.coords.latitude, found.coords.longitude].map(each => each.toFixed(digits)).join(", ");
        button.disabled = false;
        input.focus();
      }, () => {
        button.disabled = false;
        failed.hidden = false;
      }, { enableHighAccuracy: false, timeout: 10000, maximumAge: 600000 });
    });
  }
})();
