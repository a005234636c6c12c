import en from './en.json';
import type de from './de.json';
import campaignsEn from './campaigns.en.json';
import type campaignsDe from './campaigns.de.json';
import centreEn from './centre.en.json';
import type centreDe from './centre.de.json';
import qualityEn from './quality.en.json';
import type qualityDe from './quality.de.json';
import recordingsEn from './recordings.en.json';
import type recordingsDe from './recordings.de.json';
import staffEn from './staff.en.json';
import type staffDe from './staff.de.json';
import workEn from './work.en.json';
import type workDe from './work.de.json';

/** All texts in English. Each catalogue must have every key of the other: a missing one does not compile. */
export default {
  ...(en satisfies Record<keyof typeof de, string>),
  ...(staffEn satisfies Record<keyof typeof staffDe, string>),
  ...(campaignsEn satisfies Record<keyof typeof campaignsDe, string>),
  ...(centreEn satisfies Record<keyof typeof centreDe, string>),
  ...(qualityEn satisfies Record<keyof typeof qualityDe, string>),
  ...(recordingsEn satisfies Record<keyof typeof recordingsDe, string>),
  ...(workEn satisfies Record<keyof typeof workDe, string>),
};
