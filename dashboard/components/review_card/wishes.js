// The reviewer's wishes for the display: the saved preferences, until changed in this tab.

class Wishes {
  constructor(storageKey, saved) {
    this.storageKey = `review_card.${storageKey}.prefs`;
    this.saved = saved;
    this.now = { ...saved, ...this.changedHere() };
  }

  changedHere() {
    try {
      return JSON.parse(sessionStorage.getItem(this.storageKey) || "{}");
    } catch (error) {
      console.warn("Review card: display preferences of this tab were unreadable.", error);
      return {};
    }
  }

  hear(saved) {
    for (const name of Object.keys(saved)) {
      if (saved[name] !== this.saved[name]) this.now[name] = saved[name];
    }
    this.saved = saved;
  }

  flip(name) {
    this.now[name] = !this.now[name];
    sessionStorage.setItem(this.storageKey, JSON.stringify(this.now));
    return this.now[name];
  }
}
