import de from './de.json';
import type en from './en.json';
import campaignsDe from './campaigns.de.json';
import type campaignsEn from './campaigns.en.json';
import centreDe from './centre.de.json';
import type centreEn from './centre.en.json';
import qualityDe from './quality.de.json';
import type qualityEn from './quality.en.json';
import recordingsDe from './recordings.de.json';
import type recordingsEn from './recordings.en.json';
import staffDe from './staff.de.json';
import type staffEn from './staff.en.json';
import workDe from './work.de.json';
import type workEn from './work.en.json';

/** All texts in German. Each catalogue must have every key of the other: a missing one does not compile. */
export default {
  ...(de satisfies Record<keyof typeof en, string>),
  ...(staffDe satisfies Record<keyof typeof staffEn, string>),
  ...(campaignsDe satisfies Record<keyof typeof campaignsEn, string>),
  ...(centreDe satisfies Record<keyof typeof centreEn, string>),
  ...(qualityDe satisfies Record<keyof typeof qualityEn, string>),
  ...(recordingsDe satisfies Record<keyof typeof recordingsEn, string>),
  ...(workDe satisfies Record<keyof typeof workEn, string>),
};
