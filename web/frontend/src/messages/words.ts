import type { Mail, VoiceMessage } from '../api/messages';
import { t } from '../i18n/language.svelte';

/** What became of the mails about the message: the worst of them. */
export function mailState(message: VoiceMessage): string {
  const states: Mail['state'][] = ['failed', 'waiting', 'sent'];
  const worst = states.find((state) => message.mails.some((mail) => mail.state === state));
  return worst === undefined ? t('messages.mail.none') : t(`messages.mail.${worst}`);
}
