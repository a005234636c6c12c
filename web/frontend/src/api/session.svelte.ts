import { ask, Problem } from './client';

export type Role = 'agent' | 'supervisor' | 'team_leader' | 'reviewer' | 'clerk' | 'admin' | 'client';

export interface Me {
  user_id: string;
  login: string;
  display_name: string;
  role: Role;
  agent_id: string | null;
  team: string | null;
  must_set_password: boolean;
}

/** Who sits here. `me`: undefined while not known yet, null when nobody is logged in. */
class Session {
  me = $state.raw<Me | null | undefined>(undefined);

  /** Finds out who is logged in. Throws where the service cannot be reached. */
  async look(): Promise<void> {
    try {
      this.me = await ask<Me>('GET', '/me');
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      this.me = null;
    }
  }

  /** Somebody is logged in; throws `Problem` `wrong_login`, `too_many_tries`. */
  async enter(login: string, password: string): Promise<void> {
    this.me = await ask<Me>('POST', '/session', { login, password });
  }

  /** The own password is set; throws `Problem` `invalid`. */
  async setPassword(newPassword: string): Promise<void> {
    this.me = await ask<Me>('PUT', '/me/password', { new_password: newPassword });
  }

  /** Nobody is logged in. */
  async leave(): Promise<void> {
    try {
      await ask<void>('DELETE', '/session');
    } finally {
      this.me = null;
    }
  }

  /** The service said that the session is over. */
  isOver(): void {
    this.me = null;
  }
}

export const session = new Session();
